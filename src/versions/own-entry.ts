/**
 * The value under a key that may come from outside, or undefined. Plain indexing would also find what every
 * object inherits (`constructor`, `toString`).
 */
export function ownEntry<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
