import { legacyProject } from '../../catalog/hosted/legacy-json.ts'
import {
  abbreviatedPackument,
  fullPackument,
  type PackumentLinks,
  type VersionTexts,
} from '../../catalog/hosted/packument.ts'
import { nameOf, type ProjectLinks, projectPage, simpleTypes } from '../../catalog/hosted/project-page.ts'
import type { Rendered } from '../../catalog/rendered.ts'
import { ecosystemOf, type Visibility } from '../../catalog/views/package-views.ts'
import type { PackageRecord } from '../../ports/package-store.ts'

/** The forms in which a package's document is asked for. */
export type DocumentForm =
  | 'npm-full'
  | 'npm-abbreviated'
  | 'pypi-json'
  | 'pypi-html'
  | 'pypi-v1-html'
  | 'pypi-project'

/**
 * Addresses in a package's documents. `filePrefix` is empty except under a nonce; the status page has no view
 * in its address, because the sentence with it ends up in lockfiles.
 */
export function linksOf(
  pkg: PackageRecord,
  publicUrl: string,
  filePrefix: string,
): PackumentLinks & ProjectLinks {
  const fileUrl = (file: { readonly name: string }) => fileUrlOf(pkg, file.name, publicUrl, filePrefix)
  return {
    fileUrl,
    tarballUrl: fileUrl,
    provenanceUrl: (file, version) =>
      `${publicUrl}/integrity/${nameOf(pkg)}/${version}/${encodeURIComponent(file.name)}/provenance`,
    // npm puts the registry's address before the path of this one.
    attestationsUrl: (version) =>
      `${publicUrl}/-/npm/v1/attestations/${encodeURIComponent(nameOf(pkg))}@${version}`,
    statusUrl: (version) => `${publicUrl}/rollouts/${pkg.id}@${version}`,
  }
}

/** Our own address of a file. */
export function fileUrlOf(
  pkg: Pick<PackageRecord, 'id'>,
  fileName: string,
  publicUrl: string,
  filePrefix: string,
): string {
  const name = nameOf(pkg)
  const folder = ecosystemOf(pkg) === 'npm' ? `/npm/${name}/-` : `/pypi/files/${name}`
  return `${publicUrl}${filePrefix}${folder}/${encodeURIComponent(fileName)}`
}

/**
 * A package's document in one form for one view; null when the view shows nothing of it. `texts` are kept by the
 * caller between views of one npm package, form and set of links.
 */
export function renderDocument(
  pkg: PackageRecord,
  form: DocumentForm,
  visibility: Visibility,
  links: PackumentLinks & ProjectLinks,
  texts?: VersionTexts,
): Rendered | null {
  switch (form) {
    case 'npm-full':
      return fullPackument(pkg, visibility, links, `${pkg.revision}-0`, texts)
    case 'npm-abbreviated':
      return abbreviatedPackument(pkg, visibility, links, texts)
    case 'pypi-json':
      return projectPage(pkg, visibility, links, simpleTypes.json)
    case 'pypi-html':
      return projectPage(pkg, visibility, links, simpleTypes.plainHtml)
    case 'pypi-v1-html':
      return projectPage(pkg, visibility, links, simpleTypes.html)
    case 'pypi-project':
      return legacyProject(pkg, visibility, links)
  }
}
