/** 1250 becomes `12.50`. */
export const priceTag = (cents) => (cents / 100).toFixed(2)
