export { type Config, readConfig } from './config.ts';
export { settingRows, settingsMarkdown } from './settings/table.ts';
