import { parentPort, workerData } from 'node:worker_threads'
import { type CompareJob, runCompareJob } from '../contents/hosted/compare-job.ts'

parentPort?.postMessage(await runCompareJob(workerData as CompareJob))
