import { escapeHtml } from '../escape-html.ts'
import { htmlType, type SimpleType, simpleTypes, yankedWithoutReason } from '../hosted/project-page.ts'
import type { Rendered } from '../rendered.ts'
import type { Visibility } from '../views/package-views.ts'
import { whyHidden } from '../views/why-hidden.ts'
import type { OverlaidLinks } from './overlaid-package.ts'
import type { OverlaidProject, ProjectFile } from './overlaid-project.ts'

/**
 * An upstream's project page for one view: every file of a hidden version is yanked with our reason, a
 * maintainer's own yank keeps its words, blocked versions are absent, and all the rest is as it came.
 */
export function overlaidProjectPage(
  overlaid: OverlaidProject,
  visibility: Visibility,
  links: OverlaidLinks,
  type: SimpleType,
): Rendered {
  const files = overlaid.projectFiles.filter(
    ({ version }) => version === null || !visibility.blocked.has(version),
  )
  if (type !== simpleTypes.json) {
    return { contentType: htmlType(type), body: pageHtml(overlaid, files, visibility, links) }
  }
  const versions = overlaid.versions
    ?.filter(({ version }) => version === null || !visibility.blocked.has(version))
    .map(({ text }) => text)
  const members = [
    overlaid.head,
    ...(versions === undefined ? [] : [`"versions":${JSON.stringify(versions)}`]),
    `"files":[${files.map((file) => fileJson(file, visibility, links, overlaid.staged)).join()}]}`,
  ]
  return { contentType: type, body: members.join().replace(/^\{,/, '{') }
}

function fileJson(file: ProjectFile, visibility: Visibility, links: OverlaidLinks, staged: boolean): string {
  const url = JSON.stringify(links.fileUrl(file.name, file.url))
  const yanked = JSON.stringify(stagedYank(file, visibility, links, staged) ?? file.yanked)
  return `${file.json},"url":${url},"yanked":${yanked}}`
}

function stagedYank(
  file: ProjectFile,
  visibility: Visibility,
  links: OverlaidLinks,
  staged: boolean,
): string | null {
  if (file.yanked !== false) return null
  return whyHidden(file, visibility, { staged, statusUrl: links.statusUrl })
}

function pageHtml(
  overlaid: OverlaidProject,
  files: readonly ProjectFile[],
  visibility: Visibility,
  links: OverlaidLinks,
): string {
  const title = `Links for ${escapeHtml(overlaid.record.id.slice('pypi:'.length))}`
  const anchors = files.map((file) => anchor(file, visibility, links, overlaid.staged))
  return `<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
${overlaid.meta}<title>${title}</title>
</head>
<body>
<h1>${title}</h1>
${anchors.join('')}</body>
</html>
`
}

function anchor(file: ProjectFile, visibility: Visibility, links: OverlaidLinks, staged: boolean): string {
  const url = links.fileUrl(file.name, file.url)
  const href = escapeHtml(file.fragment === '' ? url : `${url}#${file.fragment}`)
  // An attribute without a value would mean "not yanked" to pip.
  const own = file.yanked === true ? yankedWithoutReason : file.yanked || null
  const yanked = stagedYank(file, visibility, links, staged) ?? own
  const yankedText = yanked === null ? '' : ` data-yanked="${escapeHtml(yanked)}"`
  return `<a href="${href}"${file.attributes}${yankedText}>${escapeHtml(file.name)}</a><br>\n`
}
