import type { RosterEntry } from '../evidence.ts'
import type { AdmissionRule } from '../policy.ts'
import { isProjectKey } from './project-key.ts'

/**
 * What a policy says about a dependent that offers to test: the first rule whose `repo` names it wins
 * (`owner/*` names all of an owner). Names are compared without case, as GitHub does. No rule: not admitted.
 */
export function admit(
  rules: readonly AdmissionRule[],
  repo: string,
): Pick<RosterEntry, 'admission' | 'weight'> {
  const rule = rules.find((candidate) => namesRepository(candidate.repo, repo))
  if (rule === undefined) return { admission: 'none', weight: 0 }
  return { admission: rule.required ? 'required' : 'advisory', weight: rule.weight }
}

/** Whether `owner/name` or `owner/*` names a repository, or a key names a project of another CI. */
export function namesRepository(rule: string, repo: string): boolean {
  // Two projects of another CI may differ by case alone.
  if (isProjectKey(rule)) return rule === repo
  const [pattern, name] = [rule.toLowerCase(), repo.toLowerCase()]
  return pattern.endsWith('/*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}
