/** The value as storage gives it back: JSON-safe parts only, sharing nothing with what was handed in. */
export function jsonCopy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}
