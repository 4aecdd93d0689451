import { html } from 'hono/html'
import type { Verdict } from '../../gates/verdict.ts'
import type { CanaryExplanation, StageExplanation } from '../../rollout/explaining/explanation.ts'
import type { Transition } from '../../rollout/history/state.ts'
import { type Markup, showTime } from './page-layout.ts'

/** The ladder, the current rung marked. */
export function stageTable(stages: readonly StageExplanation[]): Markup {
  const rows = stages.map(
    (stage) => html`<tr${stage.state === 'current' ? html` aria-current="step"` : ''}>
<td>${stage.state === 'current' ? html`<strong>${stage.name}</strong>` : stage.name}</td>
<td>${stage.percent} %</td><td>${stage.state}</td><td>${showTime(stage.enteredAt)}</td><td>${showTime(stage.bakeUntil)}</td>
</tr>`,
  )
  return html`<div class="scroll"><table>
<thead><tr><th>stage</th><th>exposure</th><th>state</th><th>entered</th><th>bakes until</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>`
}

/** What each gate of the current stage says. */
export function gateTable(gates: readonly Verdict[]): Markup {
  if (gates.length === 0) return html`<p class="dim">No gate is asked at the moment.</p>`
  const rows = gates.map(
    ({ gate, answer, sentence }) =>
      html`<tr><td>${gate}</td><td class="${answer}">${answer}</td><td>${sentence}</td></tr>`,
  )
  return html`<div class="scroll"><table>
<thead><tr><th>gate</th><th>answer</th><th>because</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>`
}

/** The dependents and what their tries say together; private ones under their neutral label. */
export function canaryTable(canaries: readonly CanaryExplanation[]): Markup {
  const rows = canaries.map(({ label, url, admission, weight, comparison, tries, detail }) => {
    const name = url !== null && /^https?:\/\//.test(url) ? html`<a href="${url}">${label}</a>` : label
    const log =
      detail === '' ? '' : html`<details><summary>last lines</summary><pre>${detail}</pre></details>`
    const role = admission === 'none' ? 'not admitted' : `${admission}, weight ${weight}`
    return html`<tr><td>${name}</td><td>${role}</td><td class="${comparison.kind}">${comparison.kind}</td><td>${tries}</td><td>${comparison.sentence}${log}</td></tr>`
  })
  return html`<div class="scroll"><table>
<thead><tr><th>dependent</th><th>role</th><th>comparison</th><th>tries</th><th>says</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>`
}

/** Transitions, newest first, with who and why. */
export function historyList(history: readonly Transition[]): Markup {
  const rows = [...history]
    .reverse()
    .map(
      (transition) =>
        html`<tr><td>${showTime(transition.at)}</td><td>${transition.type}</td><td>${transition.basisPoints / 100} %</td><td>${actorName(transition)}</td><td>${transition.reason}</td></tr>`,
    )
  return html`<div class="scroll"><table>
<thead><tr><th>when</th><th>what</th><th>exposure</th><th>who</th><th>why</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>`
}

function actorName({ actor }: Transition): string {
  switch (actor.kind) {
    case 'system':
      return 'Slipway'
    case 'person':
    case 'dependent':
      return actor.login
    case 'token':
      return actor.as === null ? `token ${actor.name}` : `${actor.as} (token ${actor.name})`
  }
}
