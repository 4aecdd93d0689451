/** A thread of `slipway simulate`: answers every part of a simulation with its records. */
import { parentPort } from 'node:worker_threads'
import { type Chunk, simulateChunk } from '../../simulate/simulate-chunk.ts'

parentPort?.on('message', (chunk: Chunk) => parentPort?.postMessage(simulateChunk(chunk)))
