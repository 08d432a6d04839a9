// The key lives in this tab and nowhere else: closing the tab forgets it.

const PLACE = 'rds-import:key';

export const keptKey = (): string | null => sessionStorage.getItem(PLACE);
export const keepKey = (key: string): void => sessionStorage.setItem(PLACE, key);
export const forgetKey = (): void => sessionStorage.removeItem(PLACE);
