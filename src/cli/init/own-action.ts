import pinned from '../../config/pinned-actions.json' with { type: 'json' }

/** A step that uses somebody's action, by its commit with the tag beside it. */
export function pinnedStep(action: keyof typeof pinned): string {
  const { commit, tag } = pinned[action]
  return `uses: ${action}@${commit} # ${tag}`
}

/** Slipway's own Action, in the account that its repository lies in. */
export function ownAction(account: string): string {
  return `uses: ${account}/slipway@v1`
}

/** An expression of GitHub's, in a workflow. */
export function expression(text: string): string {
  return `$\{{ ${text} }}`
}
