import type { SalesOverview } from '../../../client/index.ts';
import { count, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { TableCard } from '../../ui/table-card.tsx';
import { percentText, type Stock } from './stock.ts';
import { StockBar } from './stock-bar.tsx';

const t = texts({
  ko: {
    sections: '구역별',
    tickets: '티켓 종류별',
    section: '구역',
    ticket: '티켓',
    sold: '판매',
    share: '판매율',
    held: '선점 중',
    free: '잔여',
    blocked: '판매 보류',
    total: '전체',
    revenue: '매출',
    stock: '구성',
  },
  en: {
    sections: 'By section',
    tickets: 'By ticket type',
    section: 'Section',
    ticket: 'Ticket',
    sold: 'Sold',
    share: 'Share',
    held: 'Held',
    free: 'Free',
    blocked: 'Blocked',
    total: 'Total',
    revenue: 'Revenue',
    stock: 'Stock',
  },
});

export function SalesTables({ sales }: { sales: SalesOverview }) {
  const { sections, ticket_types } = sales;
  return (
    <div class="groups">
      {sections.length > 0 && (
        <StockTable
          title={t.value.sections}
          first={t.value.section}
          rows={sections.map((each) => ({ ...each, key: each.section, name: each.section }))}
        />
      )}
      {ticket_types.length > 0 && (
        <StockTable
          title={t.value.tickets}
          first={t.value.ticket}
          rows={ticket_types.map((each) => ({ ...each, key: each.id, blocked: 0 }))}
        />
      )}
    </div>
  );
}

interface StockTableProps {
  title: string;
  first: string;
  rows: (Stock & { key: string; name: string; revenue: number })[];
}

function StockTable({ title, first, rows }: StockTableProps) {
  const hasBlocked = rows.some(({ blocked }) => blocked > 0);
  return (
    <TableCard title={title}>
      <thead>
        <tr>
          <th scope="col">{first}</th>
          <th scope="col">{t.value.sold}</th>
          <th scope="col">{t.value.share}</th>
          <th scope="col">{t.value.held}</th>
          <th scope="col">{t.value.free}</th>
          {hasBlocked && <th scope="col">{t.value.blocked}</th>}
          <th scope="col">{t.value.total}</th>
          <th scope="col">{t.value.revenue}</th>
          <th scope="col" class="wide">
            {t.value.stock}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key}>
            <th scope="row">{row.name}</th>
            <td>{count(row.sold)}</td>
            <td>{percentText(row.sold, row.total)}</td>
            <td>{count(row.held)}</td>
            <td>{count(row.free)}</td>
            {hasBlocked && <td>{count(row.blocked)}</td>}
            <td>{count(row.total)}</td>
            <td>{won(row.revenue)}</td>
            <td class="wide">
              <StockBar stock={row} />
            </td>
          </tr>
        ))}
      </tbody>
    </TableCard>
  );
}
