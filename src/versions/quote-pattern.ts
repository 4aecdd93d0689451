/** A text as the part of a regular expression that matches it and nothing else (ECMAScript's `RegExp.escape`, which Node 22 lacks). */
export function quotePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}
