import { legacyProject } from '../catalog/legacy-json.ts'
import { ecosystemOf, type Visibility } from '../catalog/package-views.ts'
import { abbreviatedPackument, fullPackument, type PackumentLinks } from '../catalog/packument.ts'
import { nameOf, type ProjectLinks, projectPage, simpleTypes } from '../catalog/project-page.ts'
import type { Rendered } from '../catalog/rendered.ts'
import type { PackageRecord } from '../ports/package-store.ts'

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
  const name = nameOf(pkg)
  const npm = ecosystemOf(pkg) === 'npm'
  const folder = `${publicUrl}${filePrefix}${npm ? `/npm/${name}/-` : `/pypi/files/${name}`}`
  const fileUrl = (file: { readonly name: string }) => `${folder}/${encodeURIComponent(file.name)}`
  return {
    fileUrl,
    tarballUrl: fileUrl,
    statusUrl: (version) => `${publicUrl}/rollouts/${pkg.id}@${version}`,
  }
}

/** A package's document in one form for one view; null when the view shows nothing of it. */
export function renderDocument(
  pkg: PackageRecord,
  form: DocumentForm,
  visibility: Visibility,
  links: PackumentLinks & ProjectLinks,
): Rendered | null {
  switch (form) {
    case 'npm-full':
      return fullPackument(pkg, visibility, links, `${pkg.revision}-0`)
    case 'npm-abbreviated':
      return abbreviatedPackument(pkg, visibility, links)
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
