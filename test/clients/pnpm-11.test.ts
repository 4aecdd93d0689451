import { npmClientTests } from './npm-client-tests.ts'

npmClientTests('pnpm 11')
