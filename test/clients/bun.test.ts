import { npmClientTests } from './npm-client-tests.ts'

npmClientTests('Bun')
