import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** The books of this service: every change with its key, so that one that comes twice counts once. */
function book(entry) {
  mkdirSync(process.env.RECORDS_DIR, { recursive: true });
  appendFileSync(join(process.env.RECORDS_DIR, 'books.jsonl'), `${JSON.stringify(entry)}\n`);
}

/** Orders a parcel to be fetched. */
export async function handler({ orderId, city }) {
  if (city === 'Atlantis') {
    const refused = new Error(`Nobody delivers to ${city}.`);
    refused.name = 'NoCarrier';
    throw refused;
  }
  book({ key: `${orderId}/shipment`, what: 'parcels', change: 1 });
  return { tracking: `TRK-${orderId}` };
}
