import type { Permission } from './policy.ts'

const ASCENDING: readonly Permission[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin']

/** Whether a permission includes another one. */
export function permits(has: Permission, needs: Permission): boolean {
  return ASCENDING.indexOf(has) >= ASCENDING.indexOf(needs)
}
