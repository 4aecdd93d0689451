import { html } from 'hono/html'
import type { Verdict } from '../../gates/verdict.ts'
import type { CanaryExplanation, Explanation } from '../../rollout/explaining/explanation.ts'
import type { Transition } from '../../rollout/history/state.ts'
import { dataTable, type Markup, showTime } from './page-layout.ts'

/** The ladder, the current rung marked; of a rollout that ended, the one that it got to. */
export function stageTable(
  { stages, percents }: Pick<Explanation, 'stages' | 'percents'>,
  ended: boolean,
): Markup {
  const rows = stages.map((stage) => {
    const here = stage.state === 'current' && !ended
    const state = stage.state === 'current' && ended ? 'got here' : stage.state
    const bake = here ? showTime(stage.bakeUntil) : ''
    return [
      here ? html`<strong>${stage.name}</strong>` : stage.name,
      percents ? `${stage.percent} %` : '',
      state,
      showTime(stage.enteredAt),
      bake,
    ]
  })
  const current = ended ? -1 : stages.findIndex(({ state }) => state === 'current')
  return dataTable(['stage', 'exposure', 'state', 'entered', 'bakes until'], rows, current)
}

/** The other live releases of the packages, and what else is worth knowing. */
export function otherReleaseList({ others, notes }: Explanation): Markup {
  const rows = [
    ...others.map(({ rollout, sentence }) => html`<li><a href="/rollouts/${rollout}">${sentence}</a></li>`),
    ...notes.map((note) => html`<li>${note}</li>`),
  ]
  return rows.length === 0 ? html`` : html`<ul aria-label="other live releases">${rows}</ul>`
}

/** What each gate of the current stage says. */
export function gateTable(gates: readonly Verdict[]): Markup {
  if (gates.length === 0) return html`<p class="dim">No gate is asked at the moment.</p>`
  const rows = gates.map(({ gate, answer, sentence }) => [
    gate,
    html`<span class="${answer}">${answer}</span>`,
    sentence,
  ])
  return dataTable(['gate', 'answer', 'because'], rows)
}

/** The dependents and what their tries say together; private ones under their neutral label. */
export function canaryTable(canaries: readonly CanaryExplanation[]): Markup {
  const rows = canaries.map(({ label, url, admission, weight, comparison, tries, detail }) => {
    const name = url !== null && /^https?:\/\//.test(url) ? html`<a href="${url}">${label}</a>` : label
    const log =
      detail === '' ? '' : html`<details><summary>last lines</summary><pre>${detail}</pre></details>`
    const role = admission === 'none' ? 'not admitted' : `${admission}, weight ${weight}`
    const kind = html`<span class="${comparison.kind}">${comparison.kind}</span>`
    return [name, role, kind, `${tries}`, html`<div>${comparison.sentence}${log}</div>`]
  })
  return dataTable(['dependent', 'role', 'comparison', 'tries', 'says'], rows)
}

/** Transitions, newest first, with who and why. */
export function historyList({ history, percents }: Pick<Explanation, 'history' | 'percents'>): Markup {
  const rows = [...history]
    .reverse()
    .map((transition) => [
      showTime(transition.at),
      transition.type,
      percents ? `${transition.basisPoints / 100} %` : '',
      actorName(transition),
      transition.reason,
    ])
  return dataTable(['when', 'what', 'exposure', 'who', 'why'], rows)
}

function actorName({ actor }: Transition): string {
  switch (actor.kind) {
    case 'system':
      return 'Slipway'
    case 'person':
    case 'dependent':
      return actor.login
    case 'token':
      return actor.as === null ? `token ${actor.name}` : `token ${actor.name} says: ${actor.as}`
  }
}
