import { installationOf } from './emulator.ts'
import { type Fields, type Layer, type LayerReply, type LayerRequest, ledOn, Refused } from './layer.ts'
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
  /** Where issues are now that were moved to another repository: path by path. */
  readonly #moved = new Map<string, { readonly fullName: string; readonly number: number }>()

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

  /** People move an issue to another repository of the account, with its comments. The emulator has no way to do it. */
  async transferIssue(fullName: string, number: number, target: string): Promise<number> {
    const { origin, webhooks } = this.#layer
    const found = await this.#layer.asOwner<Fields>(fullName, 'GET', `/issues/${number}`)
    const comments = await this.#layer.asOwner<Fields[]>(fullName, 'GET', `/issues/${number}/comments`)
    const what = { title: found.title, body: found.body }
    const made = await this.#layer.asOwner<IssueFields>(target, 'POST', '/issues', what)
    for (const { body } of comments) {
      await this.#layer.asOwner(target, 'POST', `/issues/${made.number}/comments`, { body })
    }
    this.#moved.set(`${fullName} ${number}`, { fullName: target, number: made.number })
    const name = 'GET /repos/{owner}/{repo}/issues/{issue_number}'
    const asShown = (body: unknown) => patched({ kind: 'reply', name, status: 200, origin, body })
    const repository = await this.#layer.repository(fullName)
    const installation = installationOf(this.#layer.accounts, repository.owner.login)
    await webhooks.send('issues', {
      action: 'transferred',
      changes: { new_issue: asShown(made), new_repository: await this.#layer.repository(target) },
      issue: asShown(found),
      repository,
      sender: await this.#layer.account('maintainer'),
      installation: this.#layer.installationPart(installation),
    })
    return made.number
  }

  /** Deleted, or moved to another repository. */
  isGone = (fullName: string, issue: number): boolean =>
    this.isDeleted(fullName, issue) || this.#moved.has(`${fullName} ${issue}`)

  isDeleted = (fullName: string, issue: number): boolean => this.#deleted.has(`${fullName} ${issue}`)

  /** What is deleted is gone for whoever asks. */
  check(request: LayerRequest): Promise<LayerReply | null> | null {
    const { name, params } = request.operation
    if (name === editOfComment) this.#edited.add(Number(params.comment_id))
    if (params.issue_number === undefined) return null
    const fullName = `${params.owner}/${params.repo}`
    if (this.isDeleted(fullName, Number(params.issue_number))) {
      throw new Refused(410, 'This issue was deleted')
    }
    const moved = this.#moved.get(`${fullName} ${params.issue_number}`)
    if (moved === undefined) return null
    const [owner = '', repo = ''] = moved.fullName.split('/')
    return Promise.resolve(ledOn(this.#layer, request, { owner, repo, issue_number: `${moved.number}` }))
  }

  /** Takes deleted issues out of a list, and gives comments their times. */
  trim({ operation }: LayerRequest, reply: LayerReply): LayerReply {
    if (operation.name === commentsOfIssue && Array.isArray(reply.body)) {
      return { ...reply, body: (reply.body as CommentFields[]).map((comment) => this.#timed(comment)) }
    }
    if (operation.name !== 'GET /repos/{owner}/{repo}/issues' || !Array.isArray(reply.body)) return reply
    const { owner, repo } = operation.params
    const here = (reply.body as IssueFields[]).filter(
      ({ number }) => !this.isGone(`${owner}/${repo}`, number),
    )
    return { ...reply, body: here }
  }

  /** The emulator writes a new comment twice, now and then a millisecond apart: to GitHub that is no edit. */
  #timed(comment: CommentFields): CommentFields {
    return this.#edited.has(comment.id) ? comment : { ...comment, updated_at: comment.created_at }
  }
}
