import type { CommandTarget } from './command-target.ts'

/** A command as somebody wrote it. `target`: what the word after it names, or null. `line`: as it is shown. */
export type CommentCommand = { readonly target: CommandTarget | null; readonly line: string } & (
  | { readonly word: 'status' }
  | { readonly word: 'why' }
  | { readonly word: 'help' }
  /** Of a repository that tests releases of others: it no longer does. */
  | { readonly word: 'leave' }
  | { readonly word: 'stop' | 'approve' | 'pause' | 'resume' | 'rollback'; readonly reason: string }
  | { readonly word: 'urgent' | 'catch-up' | 'abandon' | 'block' | 'unblock'; readonly reason: string }
  /** `sameUsers`: it was a false alarm. */
  | { readonly word: 'restart'; readonly sameUsers: boolean; readonly reason: string }
  /** `to` in basis points. */
  | { readonly word: 'lower'; readonly to: number; readonly reason: string }
  /** `to` in basis points; null for the next stage. */
  | { readonly word: 'advance'; readonly to: number | null; readonly reason: string }
  /** `bisect`: search for the first bad release instead of trying the same again. */
  | { readonly word: 'retry'; readonly canary: string; readonly bisect: boolean; readonly reason: string }
  | { readonly word: 'waive'; readonly canary: string; readonly reason: string }
  /** `code`: what was found, as `why` names it. */
  | { readonly word: 'dismiss'; readonly code: string; readonly reason: string }
  | { readonly word: 'hold'; readonly durationMs: number; readonly reason: string }
)

export type CommandWord = CommentCommand['word']

/** A command that changes something, or asks for it. */
export type CommentAction = Exclude<CommentCommand, { word: 'status' | 'why' | 'help' | 'leave' }>

/** Null: the comment holds no command. Otherwise the command, or the sentence that says what would have been one. */
export type ParsedComment =
  | null
  | { readonly ok: true; readonly command: CommentCommand }
  | { readonly ok: false; readonly line: string; readonly message: string }

/** What follows a command's word: what it names, and the other words. */
export interface CommandWords {
  readonly target: CommandTarget | null
  readonly line: string
  readonly rest: string
}

export type ReadCommand = NonNullable<ParsedComment>
