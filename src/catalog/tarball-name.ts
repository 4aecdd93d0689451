/** The file name of a version's tarball: `events-1.0.0.tgz` for `@s/events`. */
export function tarballName(name: string, version: string): string {
  return `${name.slice(name.indexOf('/') + 1)}-${version}.tgz`
}
