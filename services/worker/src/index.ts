export { startWorker, type WorkerService } from './main.ts';
