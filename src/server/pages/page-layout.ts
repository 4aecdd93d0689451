import { html, raw } from 'hono/html'

/** A piece of markup whose values are already escaped. */
export type Markup = ReturnType<typeof html>

const style = `
:root { color-scheme: light dark; --line: #8884; --dim: #777; --good: #1a7f37; --bad: #cf222e; --wait: #9a6700; --live: #0969da }
@media (prefers-color-scheme: dark) { :root { --dim: #999; --good: #3fb950; --bad: #f85149; --wait: #d29922; --live: #58a6ff } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; overflow-wrap: break-word }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem } h3, h4, h5, h6 { font-size: 1rem }
a { color: inherit } .dim { color: var(--dim) }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
td:last-child { min-width: 14rem } time { white-space: nowrap }
nav { display: flex; flex-wrap: wrap; gap: .4rem 1.2rem; align-items: center } nav form { margin-left: auto } input, button { font: inherit; padding: .2rem .5rem }
a:focus-visible, input:focus-visible, button:focus-visible, summary:focus-visible { outline: 2px solid var(--live); outline-offset: 2px }
.chips a { margin-right: .8rem; white-space: nowrap } td span { white-space: nowrap } .chips [aria-current] { font-weight: 600 }
@media (max-width: 36rem) { thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) } tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line) } td { display: flex; gap: .8rem; border: 0; padding: 0 } td::before { content: attr(data-label); color: var(--dim); flex: 0 0 6rem } td:last-child { min-width: 0 } td .bar { flex: 1; align-self: center } }
th { font-weight: 600; color: var(--dim); font-size: .85rem }
.bar { min-width: 4rem; background: var(--line); height: .6rem; border-radius: .3rem; overflow: hidden } .bar > div { background: var(--live); height: 100% }
.completed, .pass, .same-pass, .fixed { color: var(--good) }
.rolled-back, .fail, .regressed { color: var(--bad) }
.held, .paused, .hold, .wait, .newly-flaky { color: var(--wait) }
.rolling { color: var(--live) }
pre { overflow-x: auto; padding: .6rem; border: 1px solid var(--line); border-radius: .3rem; font-size: .85rem }
`

/** A whole page: works without script, on a phone, in light and dark. */
export function pageLayout(title: string, content: Markup): Markup {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Slipway</title>
<style>${raw(style)}</style>
</head>
<body>
<nav aria-label="Pages"><a href="/">Rollouts</a> <a href="/packages">Packages</a>
<form action="/packages" role="search"><input type="search" name="q" aria-label="Search packages" placeholder="Search packages"> <button>Search</button></form></nav>
<main>
${content}
</main>
</body>
</html>
`
}

/** A table whose cells carry their column's name, for screens that are too narrow for columns. */
export function dataTable(
  columns: readonly string[],
  rows: readonly (readonly (Markup | string)[])[],
  current = -1,
): Markup {
  const body = rows.map((cells, row) => {
    const inside = cells.map((cell, column) => html`<td data-label="${columns[column] ?? ''}">${cell}</td>`)
    return html`<tr${row === current ? html` aria-current="step"` : ''}>${inside}</tr>\n`
  })
  return html`<div class="scroll"><table>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${body}</tbody>
</table></div>`
}

/** `2026-11-20 22:31 UTC`, or a dash. */
export function showTime(at: number | null): Markup {
  if (at === null) return html`<span class="dim">–</span>`
  const iso = new Date(at).toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`
}
