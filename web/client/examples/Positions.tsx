import {useBlotter} from '@blotter/client/react';

interface Position {
  quantity: number;
  price: number;
}

export function Positions({client}: {client: string}) {
  const {rows, status} = useBlotter<Position>(`/v1/clients/${encodeURIComponent(client)}/events`);
  const current = status.state === 'live';
  return (
    <section aria-busy={!current} style={{opacity: current ? 1 : 0.5}}>
      <p role="status">{current ? 'live' : `${status.state}: ${status.text || status.reason}`}</p>
      <table>
        <tbody>
          {[...rows].map(([key, {quantity, price}]) => (
            <tr key={key}>
              <th>{key}</th>
              <td>{quantity}</td>
              <td>{price.toFixed(2)}</td>
              <td>{(quantity * price).toFixed(2)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
