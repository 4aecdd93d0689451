/** The Action's entry; bundled to `dist/action/index.js`. */
import { runAction } from '../action/run-action.ts'

await runAction()
