import type { Permission } from '../../gates/policy.ts'

/** Who asks. The shell establishes it (GitHub permission, token, OIDC); the heart decides what it may do. */
export type Actor =
  /** The engine itself: ticks, gathering, uploads. */
  | { readonly kind: 'system' }
  /** A person in the owner's repository, with the permission GitHub reported at that moment. */
  | { readonly kind: 'person'; readonly login: string; readonly permission: Permission }
  /** Somebody with at least write permission in an admitted dependent's repository. */
  | { readonly kind: 'dependent'; readonly login: string; readonly canary: string }
  /** A token. `as` names the person behind it; without it the token is nobody. */
  | {
      readonly kind: 'token'
      readonly id: string
      /** What people call the token; may be given twice. */
      readonly name: string
      /** Who answers for it: tokens of one owner are one person where two are asked for. */
      readonly owner: string
      readonly as: string | null
      readonly scopes: readonly ('publish' | 'operate' | 'read' | 'report')[]
    }
