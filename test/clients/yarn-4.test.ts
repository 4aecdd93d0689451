import { npmClientTests } from './npm-client-tests.ts'

npmClientTests('Yarn 4')
