// Turns the AsyncAPI document into typed maps of the Socket.IO events, and into TypeBox schemas for their payloads.

import { isDeepStrictEqual } from 'node:util';
import { follow, type JsonObject, listAt, literal, objectAt, resolved, stringAt } from './json.ts';
import { referencedName, schemaConstants } from './typebox.ts';

interface SocketEvent {
  name: string;
  summary: string;
  payload: string;
}

export interface SocketContract {
  fromClient: SocketEvent[];
  fromServer: SocketEvent[];
  acknowledgement: string;
  schemas: JsonObject;
}

export function readSocketContract(document: JsonObject): SocketContract {
  // The other channels are those of the live streams. They have messages, but no events.
  const operations = Object.entries(objectAt(document.operations, '#/operations'))
    .map(([name, value]) => ({ name, operation: objectAt(value, name) }))
    .filter(({ name, operation }) => objectAt(operation.channel, name).$ref === '#/channels/socket');
  const ofAction = (action: string) => operations.filter(({ operation }) => operation.action === action);
  const events = (action: string) =>
    ofAction(action).flatMap(({ name, operation }) => readMessages(document, operation, name));
  const replies = ofAction('receive').flatMap(({ name, operation }) =>
    readMessages(document, objectAt(operation.reply, `${name} reply`), `${name} reply`),
  );
  const [acknowledgement, ...others] = new Set(replies.map(({ payload }) => payload));
  if (acknowledgement === undefined || others.length > 0)
    throw new Error('Expected one acknowledgement for all client events');
  return {
    fromClient: events('receive'),
    fromServer: events('send'),
    acknowledgement,
    schemas: objectAt(objectAt(document.components, '#/components').schemas, '#/components/schemas'),
  };
}

function readMessages(document: JsonObject, holder: JsonObject, path: string): SocketEvent[] {
  return listAt(holder.messages, `${path} messages`).map((value) => {
    const ref = stringAt(objectAt(value, path).$ref, path);
    const message = resolved(document, follow(document, ref), ref);
    return {
      name: ref.slice(ref.lastIndexOf('/') + 1),
      summary: stringAt(message.summary, ref),
      payload: referencedName(objectAt(message.payload, ref), ref),
    };
  });
}

/** Types only, so a client that imports them needs no package at run time. */
export function socketTypes({ fromClient, fromServer, acknowledgement }: SocketContract): string {
  const payloads = (events: SocketEvent[]) =>
    events
      .map(
        ({ name, summary, payload }) => `  /** ${summary} */\n  ${literal(name)}: Payloads['${payload}'];\n`,
      )
      .join('');
  return `type Payloads = components['schemas'];

/** The argument of the acknowledgement of a client's event. */
export type Acknowledgement = Payloads['${acknowledgement}'];

/** The events that a client sends. */
export interface ClientEventPayloads {\n${payloads(fromClient)}}

/** The events that the server sends. */
export interface ServerEventPayloads {\n${payloads(fromServer)}}

export type ClientToServerEvents = {
  [Name in keyof ClientEventPayloads]: (
    payload: ClientEventPayloads[Name],
    acknowledge?: (response: Acknowledgement) => void,
  ) => void;
};

export type ServerToClientEvents = {
  [Name in keyof ServerEventPayloads]: (payload: ServerEventPayloads[Name]) => void;
};
`;
}

/** The names of the schemas that the REST contract has as well. Their definitions must be the same. */
export function sharedSchemas({ schemas }: SocketContract, restSchemas: JsonObject): string[] {
  const shared = Object.keys(schemas).filter((name) => restSchemas[name] !== undefined);
  for (const name of shared) {
    if (!isDeepStrictEqual(schemas[name], restSchemas[name])) {
      throw new Error(`${name} differs between openapi.yaml and asyncapi.yaml`);
    }
  }
  return shared.sort();
}

export function socketConstants(contract: SocketContract, shared: string[]): string {
  const own = Object.fromEntries(Object.entries(contract.schemas).filter(([name]) => !shared.includes(name)));
  const map = (events: SocketEvent[]) =>
    events.map(({ name, payload }) => `  ${literal(name)}: ${payload},\n`).join('');
  return `${schemaConstants(own)}
/** The schemas that incoming events are validated with. */
export const clientEventSchemas = {\n${map(contract.fromClient)}} as const;

export const serverEventSchemas = {\n${map(contract.fromServer)}} as const;
`;
}
