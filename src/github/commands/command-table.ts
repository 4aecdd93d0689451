import type { CommandWord, CommandWords, ReadCommand } from './comment-command.ts'
import {
  asking,
  readAdvance,
  readDismiss,
  readHold,
  readLower,
  readRestart,
  readRetry,
  readWaive,
  withReason,
} from './read-words.ts'

/** What is known of a command's word. */
interface KnownCommand {
  /** Reads what follows the word. */
  readonly reads: (words: CommandWords) => ReadCommand
  /** Its line in the help; empty where that of another word says it. */
  readonly help: string
  /** A number after it is a percent, not a version. */
  readonly takesPercent?: true
}

/** Every command that is heard, in the order in which people need them: parser, help and answers go by it. */
export const commandTable: Readonly<Record<CommandWord, KnownCommand>> = {
  stop: {
    reads: withReason('stop'),
    help: '`/slipway stop <reason>`: nobody gets the release any more without asking for it, until `resume`',
  },
  status: { reads: asking('status'), help: '`/slipway status`: where the rollout is and what comes next' },
  why: { reads: asking('why'), help: '`/slipway why`: every gate and canary behind it' },
  advance: {
    reads: readAdvance,
    takesPercent: true,
    help: '`/slipway advance [percent] [reason]`: go to the next stage, or to a stage by its percent',
  },
  approve: {
    reads: withReason('approve'),
    help: '`/slipway approve [reason]`: give the approval that a stage asks for',
  },
  lower: {
    reads: readLower,
    takesPercent: true,
    help: '`/slipway lower <percent> <reason>`: go down to a stage and pause there',
  },
  pause: {
    reads: withReason('pause'),
    help: '`/slipway pause [reason]`: no raise until `resume`; who gets the release keeps getting it',
  },
  resume: {
    reads: withReason('resume'),
    help: '`/slipway resume [reason]`: go on after `pause`, `stop` or `lower`',
  },
  rollback: {
    reads: withReason('rollback'),
    help: '`/slipway rollback [reason]`: take the release back for good',
  },
  retry: {
    reads: readRetry,
    help: '`/slipway retry <canary>`: test one dependent again; with `--bisect` after it, search for the first release that it fails with',
  },
  waive: { reads: readWaive, help: '`/slipway waive <canary> <reason>`: ignore one canary result' },
  hold: {
    reads: readHold,
    help: '`/slipway hold <duration> <reason>`: wait, for at most 72 h when a dependent asks',
  },
  urgent: {
    reads: withReason('urgent'),
    help: '`/slipway urgent <reason>`: go on by the urgent ladder of the policy (maintain permission)',
  },
  'catch-up': {
    reads: withReason('catch-up'),
    help: '`/slipway catch-up <reason>`: hurry through the stages that an older live release has passed',
  },
  dismiss: {
    reads: readDismiss,
    help: '`/slipway dismiss <code> <reason>`: what was found under this code does not stand in the way (maintain permission)',
  },
  restart: {
    reads: readRestart,
    help: '`/slipway restart [--same-users] <reason>`: start it again after it was taken back (maintain permission); `--same-users` after a false alarm',
  },
  abandon: { reads: withReason('abandon'), help: '`/slipway abandon [reason]`: give the rollout up' },
  block: {
    reads: withReason('block'),
    help: '`/slipway block <reason>` and `/slipway unblock <reason>`: refuse the release everywhere, exact pins included, or no longer (maintain permission)',
  },
  unblock: { reads: withReason('unblock'), help: '' },
  leave: {
    reads: asking('leave'),
    help: '`/slipway leave`: in a repository that tests releases of others: it is asked for nothing any more',
  },
  help: { reads: asking('help'), help: '`/slipway help`' },
}

/** The words themselves. */
export const commandWords: readonly string[] = Object.keys(commandTable)

/** What is known of a word; null for any other. */
export function knownCommand(word: string): KnownCommand | null {
  return Object.entries(commandTable).find(([name]) => name === word)?.[1] ?? null
}
