import type { Commit, Files } from './contents.ts'
import type { Fields, RepositoryFields } from './layer.ts'

/** The payload of a `push` webhook; the emulator's own lacks most of it. */
export function pushPart(push: {
  readonly repository: RepositoryFields
  readonly branch: string
  readonly done: Commit
  readonly files: Files
}): Fields {
  const { repository, done, files } = push
  const paths = Object.keys(files)
  const person = { name: repository.owner.login, email: `${repository.owner.login}@example.com` }
  const head = {
    id: done.sha,
    tree_id: done.tree,
    distinct: true,
    message: done.message,
    timestamp: done.date,
    url: `${repository.html_url}/commit/${done.sha}`,
    author: person,
    committer: person,
    added: paths.filter((path) => files[path] !== null && !done.former.has(path)),
    removed: paths.filter((path) => files[path] === null),
    modified: paths.filter((path) => files[path] !== null && done.former.has(path)),
  }
  return {
    ref: `refs/heads/${push.branch}`,
    before: done.before ?? '0'.repeat(40),
    after: done.sha,
    created: done.before === null,
    deleted: false,
    forced: false,
    base_ref: null,
    compare: `${repository.html_url}/compare/${done.before ?? done.sha}...${done.sha}`,
    commits: [head],
    head_commit: head,
    repository: { ...repository, pushed_at: done.date },
    pusher: person,
    sender: repository.owner,
  }
}
