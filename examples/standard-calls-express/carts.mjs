/** Carts that are the same in every run; every 20th is empty. */
export function makeCarts(count) {
  return Array.from({ length: count }, (_, index) => ({
    cartId: `cart-${index + 1}`,
    customer: index % 3 === 0 ? 'gold' : 'guest',
    items: Array.from({ length: index % 20 === 19 ? 0 : 1 + (index % 5) }, (_unused, item) => ({
      sku: `SKU-${item + 1}`,
      quantity: 1 + ((index + item) % 4),
      cents: 199 + 350 * ((index * 7 + item * 3) % 13),
    })),
  }));
}

/** The price, computed once more without a state machine. */
export function expectedOf({ cartId, customer, items }) {
  if (items.length === 0) return { cartId, refused: 'EmptyCart' };
  const subtotal = items.reduce((sum, { quantity, cents }) => sum + quantity * cents, 0);
  const discount = customer === 'gold' ? Math.floor(subtotal * 0.1) : subtotal >= 10_000 ? 500 : 0;
  const net = subtotal - discount + (subtotal >= 5_000 ? 0 : 490);
  return { cartId, totalCents: net + Math.floor(net * 0.19) };
}
