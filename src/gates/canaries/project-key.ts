/**
 * Whether a canary is a project of another CI, by the name of its issuer and what names the project there, such as
 * `gitlab:1234` (docs/operating.md). No repository is called so, and none is to be looked for on the forge.
 */
export function isProjectKey(name: string): boolean {
  return name.includes(':') && !name.startsWith('absent:')
}

/** A project of another CI as a policy admits it. */
export const projectKeyPattern = /^(?!absent:)[a-z][a-z0-9-]{0,39}:[^\s*]{1,300}$/
