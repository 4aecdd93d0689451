import { parentPort } from 'node:worker_threads'
import type { ReadJob } from '../../upstream/read-aside.ts'
import { readDocument } from '../../upstream/read-document.ts'

parentPort?.on('message', ({ id, document }: ReadJob) => {
  parentPort?.postMessage(readDocument(id, document))
})
