import { permits } from '../../gates/permission.ts'
import type { Permission } from '../../gates/policy.ts'
import type { Actor } from '../history/actor.ts'
import type { Command } from './command.ts'
import { saysWhy } from './comment-reason.ts'
import type { Refusal } from './refusal.ts'
import { refuse } from './refuse.ts'

/** What an actor may do, in permissions of the owner's repository (docs/security.md). */
export function permissionOf(actor: Actor): Permission {
  switch (actor.kind) {
    case 'system':
      return 'admin'
    case 'person':
      return actor.permission
    case 'dependent':
      return 'none'
    case 'token':
      return actor.scopes.includes('operate') ? 'maintain' : 'none'
  }
}

/** Whether an actor may publish and so reserve, join, seal and start. */
export function mayPublish(actor: Actor): boolean {
  return (actor.kind === 'token' && actor.scopes.includes('publish')) || permits(permissionOf(actor), 'write')
}

/** Whether an actor may say how an ordinary run fared. */
export function mayReport(actor: Actor): boolean {
  return (
    (actor.kind === 'token' && actor.scopes.includes('report')) || permits(permissionOf(actor), 'maintain')
  )
}

/** The person behind an actor; null for the system, and for a shared token that names nobody. */
export function personOf(actor: Actor): string | null {
  switch (actor.kind) {
    case 'system':
      return null
    case 'person':
    case 'dependent':
      return actor.login
    case 'token':
      return actor.as === null || actor.as.trim() === '' ? null : actor.as
  }
}

/** A refusal when the actor lacks a permission, else null. */
export function lacksPermission(command: Pick<Command, 'actor' | 'type'>, needs: Permission): Refusal | null {
  const has = permissionOf(command.actor)
  if (permits(has, needs)) return null
  const expected = `${needs} permission in the repository that owns the package, or a token with operate scope`
  return refuse(
    'needs-approval',
    `${command.type} is not yours to do.`,
    'actor',
    describe(command.actor),
    expected,
  )
}

/** A refusal when the actor may not publish, else null. */
export function lacksPublish(command: Pick<Command, 'actor' | 'type'>): Refusal | null {
  if (mayPublish(command.actor)) return null
  const expected =
    'a token with publish or operate scope, or write permission in the repository that owns the package'
  return refuse(
    'needs-approval',
    `${command.type} is not yours to do.`,
    'actor',
    describe(command.actor),
    expected,
  )
}

/** Part of a command, under the word that people use for it. */
type Named<Part extends 'actor' | 'reason'> = Pick<Command, Part> & { readonly type: string }

/** Law 2: a refusal unless a named person stands behind the command. */
export function lacksPerson(command: Named<'actor'>): Refusal | null {
  if (personOf(command.actor) !== null) return null
  const expected = 'the name of the person who decides'
  return refuse('invalid', `${command.type} must be decided by a named person.`, 'as', undefined, expected)
}

/** Law 2: a refusal unless a reason is given. */
export function lacksReason(command: Named<'reason'>): Refusal | null {
  if (saysWhy(command.reason)) return null
  return refuse('invalid', `${command.type} needs a reason.`, 'reason', command.reason, 'why, in a few words')
}

/**
 * Somebody named, with `maintain` and a reason. What protects from releases that nobody looked at (a freeze, a stream's
 * waiting time, a history that cannot be read) gives way to them.
 */
export function answersForIt({ actor, reason }: Pick<Command, 'actor' | 'reason'>): boolean {
  return permits(permissionOf(actor), 'maintain') && personOf(actor) !== null && reason.trim() !== ''
}

/** An actor in one short phrase. */
export function describe(actor: Actor): string {
  switch (actor.kind) {
    case 'system':
      return 'Slipway'
    case 'person':
      return `${actor.login} (${actor.permission})`
    case 'dependent':
      return `${actor.login} of a dependent`
    case 'token':
      return `token ${actor.name}${actor.as === null ? '' : ` as ${actor.as}`}`
  }
}
