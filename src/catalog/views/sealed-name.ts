/** How a sealed file is written in an exposure. */
export function sealedName(name: string, sha256: string): string {
  return `${sha256} ${name}`
}
