import { escapeHtml } from '../escape-html.ts'
import { type Rendered, renderJson } from '../rendered.ts'
import { htmlType, type SimpleType, simpleTypes } from './project-page.ts'

/**
 * The root of the simple API (PEP 503, 691): every project by its name in normal form. Links are relative, so
 * that the list is the same under every prefix.
 */
export function projectList(names: readonly string[], type: SimpleType): Rendered {
  if (type === simpleTypes.json) {
    const projects = names.map((name) => ({ name }))
    return renderJson({ meta: { 'api-version': '1.1' }, projects }, type)
  }
  const links = names.map((name) => `<a href="${encodeURIComponent(name)}/">${escapeHtml(name)}</a><br>\n`)
  const body = `<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta name="pypi:repository-version" content="1.1">
<title>Simple index</title>
</head>
<body>
${links.join('')}</body>
</html>
`
  return { contentType: htmlType(type), body }
}
