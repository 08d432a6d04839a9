// The rules that fields of requests can name, each bound to its code of the contract.
import {
  IsDefined,
  Matches,
  ValidateBy,
  ValidateIf,
  type ValidationOptions,
} from 'class-validator';
import { VIOLATIONS, type ViolationCode } from '../domain/errors.js';
import { parseTimestamp } from './timestamps.js';

/** Options that give a decorator of class-validator a code of ours; without one its code is `wrong_type`. */
export const broken = (
  code: ViolationCode,
  message: string = VIOLATIONS[code],
): ValidationOptions => ({
  message,
  context: { code },
});

/** Neither left out nor null. */
export const Required = (): PropertyDecorator => IsDefined(broken('required'));

/** May be left out, but not be null. */
export const Optional = (): PropertyDecorator =>
  ValidateIf((_: object, value: unknown) => value !== undefined);

export const OptionalOrNull = (): PropertyDecorator =>
  ValidateIf((_: object, value: unknown) => value !== undefined && value !== null);

/** Upstream prints ids in lower case and never tells two of them apart by case. */
export const InstanceId = (): PropertyDecorator =>
  Matches(
    /^[a-z][a-z0-9-]{2,63}$/i,
    broken(
      'instance_id_invalid',
      'An instance id is 3 to 64 letters, digits and hyphens and begins with a letter, e.g. rm-uf6wjk5xxxxxxx',
    ),
  );

export const RegionId = (): PropertyDecorator =>
  Matches(/^[a-z]{2}-[a-z0-9-]{1,60}$/, { message: 'must be a region id, e.g. cn-hangzhou' });

export const DiffersFrom = (property: string, options: ValidationOptions): PropertyDecorator =>
  ValidateBy(
    {
      name: 'differsFrom',
      validator: {
        validate: (value: unknown, args) => {
          const other = (args?.object as Record<string, unknown> | undefined)?.[property];
          if (typeof value !== 'string' || typeof other !== 'string') return true;
          return value.toLowerCase() !== other.toLowerCase();
        },
      },
    },
    options,
  );

/** RFC 3339 with an offset. */
export const Timestamp = (options: ValidationOptions): PropertyDecorator =>
  ValidateBy(
    {
      name: 'timestamp',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && parseTimestamp(value) !== null,
      },
    },
    options,
  );
