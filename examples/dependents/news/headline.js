import { slug } from 'tidy-slug'

/** Articles are filed by day and headline. */
export const articlePath = (day, headline) => `/${day}/${slug(headline)}`
