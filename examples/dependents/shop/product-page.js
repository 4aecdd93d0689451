import { priceTag } from 'price-tag'
import { slug } from 'tidy-slug'

/** Where a product is found and what the visitor reads there. */
export function productPage({ title, cents }) {
  return { path: `/products/${slug(title)}`, label: `${title}, ${priceTag(cents)}` }
}
