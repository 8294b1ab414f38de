import { readFileSync } from 'node:fs';

export interface Memory {
  /** Bytes of the JavaScript heap and of buffers beside it, after a collection of garbage. */
  used: number;
  /** Bytes of the whole process that are in memory. */
  resident: number;
}

/** Speaks to the inspector of a Node.js process that was started with `--inspect=127.0.0.1:<port>`. */
export async function openInspector(port: number, pid: number) {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket((targets[0] as { webSocketDebuggerUrl: string }).webSocketDebuggerUrl);
  const waiting = new Map<number, (answer: { result: { value?: string } }) => void>();
  let asked = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id: number; result: { result: { value?: string } } };
    waiting.get(id)?.(result);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  const ask = (method: string, params: object = {}) =>
    new Promise<{ result: { value?: string } }>((resolve) => {
      waiting.set(++asked, resolve);
      socket.send(JSON.stringify({ id: asked, method, params }));
    });
  return {
    async memory(): Promise<Memory> {
      // The second one takes what the finalizers of the first one let go.
      await ask('HeapProfiler.collectGarbage');
      await ask('HeapProfiler.collectGarbage');
      const expression = 'JSON.stringify(process.memoryUsage())';
      const { value } = (await ask('Runtime.evaluate', { expression })).result;
      const { heapUsed, external } = JSON.parse(value as string) as NodeJS.MemoryUsage;
      return { used: heapUsed + external, resident: residentBytes(pid) };
    },
    close: () => socket.close(),
  };
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024;
}
