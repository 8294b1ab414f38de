import { dashboards, type Panel } from './panels.ts';

const WIDTH = 12;
const HEIGHT = 8;
/** Chosen when a dashboard is imported, or set by the provisioning. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana replaces it.
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** Grafana's dashboards: path in the repository -> JSON, as Grafana 10 and newer import and provision it. */
export function dashboardDocuments(): Map<string, string> {
  return new Map(
    Object.entries(dashboards).map(([title, panels]) => {
      const name = title.toLowerCase().replaceAll(/[^a-z]+/g, '-');
      return [`deploy/grafana/${name}.json`, `${JSON.stringify(dashboard(name, title, panels), null, 2)}\n`];
    }),
  );
}

function dashboard(uid: string, title: string, panels: Panel[]) {
  return {
    uid,
    title,
    tags: ['tiketi'],
    schemaVersion: 39,
    editable: true,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    templating: {
      list: [{ name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' }],
    },
    panels: panels.map(panelAt),
  };
}

function panelAt({ title, unit, lines }: Panel, index: number) {
  return {
    id: index + 1,
    title,
    type: 'timeseries',
    datasource: DATASOURCE,
    gridPos: { x: (index % 2) * WIDTH, y: Math.floor(index / 2) * HEIGHT, w: WIDTH, h: HEIGHT },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
    targets: Object.entries(lines).map(([legendFormat, expr], line) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + line),
      datasource: DATASOURCE,
      expr,
      legendFormat,
    })),
  };
}
