import { setTimeout } from 'node:timers/promises';

/** Hands the parcel to the carrier; what is sold out can't be shipped. */
export async function handler({ orderId, skus, city }) {
  await setTimeout(10);
  const missing = skus.find((sku) => sku.endsWith('-OUT'));
  if (missing !== undefined) {
    const outOfStock = new Error(`${missing} is out of stock.`);
    outOfStock.name = 'OutOfStock';
    throw outOfStock;
  }
  return { tracking: `TRK-${orderId.slice(4)}-${city.slice(0, 3).toUpperCase()}` };
}
