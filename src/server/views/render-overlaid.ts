import { simpleTypes } from '../../catalog/hosted/project-page.ts'
import {
  overlaidAbbreviatedPackument,
  overlaidFullPackument,
} from '../../catalog/overlaid/overlaid-npm-documents.ts'
import type { OverlaidLinks, OverlaidPackage } from '../../catalog/overlaid/overlaid-package.ts'
import { overlaidProjectPage } from '../../catalog/overlaid/overlaid-pypi-documents.ts'
import type { Rendered } from '../../catalog/rendered.ts'
import type { Visibility } from '../../catalog/views/package-views.ts'
import type { Overlay } from '../../ports/upstream.ts'
import { type DocumentForm, fileUrlOf, linksOf } from './render-document.ts'

/** Which addresses files get in the documents of one request. */
export interface FileAddresses {
  /** Prefix of our own: empty, except under a nonce. */
  readonly filePrefix: string
  /** Tarballs lie below this registry, wherever their bytes are. */
  readonly below?: boolean
}

/**
 * Addresses in the documents of a package of another index: the upstream's own, or ours. Under a nonce always
 * ours, because only then a run can be told by what it fetches; and for clients whose lock files name every tarball
 * that is not below their registry (`namesForeignTarballs`).
 */
export function overlaidLinks(
  { kind, record }: OverlaidPackage,
  files: Overlay['files'],
  publicUrl: string,
  { filePrefix, below }: FileAddresses,
): OverlaidLinks {
  const keep = files === 'keep' && filePrefix === '' && !(kind === 'npm' && below === true)
  return {
    fileUrl: (name, upstream) => (keep ? upstream : fileUrlOf(record, name, publicUrl, filePrefix)),
    statusUrl: linksOf(record, publicUrl, filePrefix).statusUrl,
  }
}

/** A document of a package of another index for one view; null for forms that we cannot make from theirs. */
export function renderOverlaid(
  overlaid: OverlaidPackage,
  form: DocumentForm,
  visibility: Visibility,
  links: OverlaidLinks,
): Rendered | null {
  if (overlaid.kind === 'npm') {
    if (form === 'npm-full') return overlaidFullPackument(overlaid, visibility, links)
    return form === 'npm-abbreviated' ? overlaidAbbreviatedPackument(overlaid, visibility, links) : null
  }
  const type = {
    'pypi-json': simpleTypes.json,
    'pypi-html': simpleTypes.plainHtml,
    'pypi-v1-html': simpleTypes.html,
  } as const
  return form === 'pypi-json' || form === 'pypi-html' || form === 'pypi-v1-html'
    ? overlaidProjectPage(overlaid, visibility, links, type[form])
    : null
}
