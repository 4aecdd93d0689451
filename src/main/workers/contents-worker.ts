import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { type CompareJob, runCompareJob } from '../../contents/hosted/compare-job.ts'

// Whoever reads from the index goes first. Elsewhere this would mean the whole process and not this thread.
if (process.platform === 'linux') setPriority(0, 10)

parentPort?.postMessage(await runCompareJob(workerData as CompareJob))
