export { type SchedulerService, startScheduler } from './main.ts';
