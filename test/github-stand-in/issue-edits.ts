import { installationOf } from './emulator.ts'
import { type Fields, type Layer, type LayerReply, type LayerRequest, Refused } from './layer.ts'
import { patched } from './patches.ts'

interface IssueFields extends Fields {
  readonly number: number
}

interface CommentFields extends Fields {
  readonly id: number
  readonly created_at: string
}

const commentsOfIssue = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments'
const editOfComment = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}'

/** What people do to issues and comments that are there already; each is told by its webhook. */
export class IssueEdits {
  readonly #layer: Layer
  readonly #deleted = new Set<string>()
  readonly #edited = new Set<number>()

  constructor(layer: Layer) {
    this.#layer = layer
  }

  edit(fullName: string, issue: number, change: { body?: string; state?: string }): Promise<unknown> {
    return this.#layer.asOwner(fullName, 'PATCH', `/issues/${issue}`, change)
  }

  unlabel(fullName: string, issue: number, label: string): Promise<unknown> {
    return this.#layer.asOwner(fullName, 'DELETE', `/issues/${issue}/labels/${encodeURIComponent(label)}`)
  }

  editComment(fullName: string, comment: number, body: string): Promise<unknown> {
    this.#edited.add(comment)
    return this.#layer.asOwner(fullName, 'PATCH', `/issues/comments/${comment}`, { body })
  }

  deleteComment(fullName: string, comment: number): Promise<unknown> {
    return this.#layer.asOwner(fullName, 'DELETE', `/issues/comments/${comment}`)
  }

  /** GitHub has no REST call for it, the emulator none at all. `told` false: the webhook is lost. */
  async deleteIssue(fullName: string, number: number, told = true): Promise<void> {
    const { origin, webhooks } = this.#layer
    const found = await this.#layer.asOwner<unknown>(fullName, 'GET', `/issues/${number}`)
    this.#deleted.add(`${fullName} ${number}`)
    if (!told) return
    const name = 'GET /repos/{owner}/{repo}/issues/{issue_number}'
    const issue = patched({ kind: 'reply', name, status: 200, origin, body: found })
    const repository = await this.#layer.repository(fullName)
    const installation = installationOf(this.#layer.accounts, repository.owner.login)
    await webhooks.send('issues', {
      action: 'deleted',
      issue,
      repository,
      sender: await this.#layer.account('maintainer'),
      installation: this.#layer.installationPart(installation),
    })
  }

  isDeleted = (fullName: string, issue: number): boolean => this.#deleted.has(`${fullName} ${issue}`)

  /** What is deleted is gone for whoever asks. */
  check({ operation: { name, params } }: LayerRequest): null {
    if (name === editOfComment) this.#edited.add(Number(params.comment_id))
    if (params.issue_number === undefined) return null
    if (this.isDeleted(`${params.owner}/${params.repo}`, Number(params.issue_number))) {
      throw new Refused(410, 'This issue was deleted')
    }
    return null
  }

  /** Takes deleted issues out of a list, and gives comments their times. */
  trim({ operation }: LayerRequest, reply: LayerReply): LayerReply {
    if (operation.name === commentsOfIssue && Array.isArray(reply.body)) {
      return { ...reply, body: (reply.body as CommentFields[]).map((comment) => this.#timed(comment)) }
    }
    if (operation.name !== 'GET /repos/{owner}/{repo}/issues' || !Array.isArray(reply.body)) return reply
    const { owner, repo } = operation.params
    const here = (reply.body as IssueFields[]).filter(
      ({ number }) => !this.isDeleted(`${owner}/${repo}`, number),
    )
    return { ...reply, body: here }
  }

  /** The emulator writes a new comment twice, now and then a millisecond apart: to GitHub that is no edit. */
  #timed(comment: CommentFields): CommentFields {
    return this.#edited.has(comment.id) ? comment : { ...comment, updated_at: comment.created_at }
  }
}
