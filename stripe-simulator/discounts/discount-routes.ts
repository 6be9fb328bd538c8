/** The routes of coupons, promotion codes, and the discounts of customers and subscriptions. */
import { listPage, timeFilter } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import type { World } from '../world/world.ts';
import { createCoupon, currentCoupon, deleteCoupon, getCoupon, updateCoupon } from './coupons.ts';
import { deleteCustomerDiscount, deleteSubscriptionDiscount } from './discounts.ts';
import {
  createPromotionCode,
  currentPromotionCode,
  getPromotionCode,
  updatePromotionCode,
} from './promotion-codes.ts';

function listCoupons(world: World, request: ApiRequest): object {
  const created = timeFilter(request.params, 'created');
  const page = listPage(request, world.store.coupons, {
    noun: 'coupon',
    keep: (row) => created(row.created),
  });
  return { ...page, data: page.data.map((row) => currentCoupon(world, row)) };
}

function listPromotionCodes(world: World, request: ApiRequest): object {
  const { params } = request;
  const active = params.boolean('active');
  const code = params.string('code')?.toLowerCase();
  const coupon = params.string('coupon');
  const customer = params.string('customer');
  const created = timeFilter(params, 'created');
  const page = listPage(request, world.store.promotionCodes, {
    noun: 'promotion code',
    keep: (row) =>
      (active === undefined || currentPromotionCode(world, row).active === active) &&
      (code === undefined || row.code.toLowerCase() === code) &&
      (coupon === undefined || row.promotion.coupon === coupon) &&
      (customer === undefined || row.customer === customer) &&
      created(row.created),
  });
  return { ...page, data: page.data.map((row) => currentPromotionCode(world, row)) };
}

export const discountRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/coupons', operation: createCoupon },
  { method: 'GET', path: '/v1/coupons', operation: listCoupons },
  { method: 'GET', path: '/v1/coupons/:coupon', operation: (world, { id }) => getCoupon(world, id) },
  { method: 'POST', path: '/v1/coupons/:coupon', operation: updateCoupon },
  { method: 'DELETE', path: '/v1/coupons/:coupon', operation: deleteCoupon },
  { method: 'POST', path: '/v1/promotion_codes', operation: createPromotionCode },
  { method: 'GET', path: '/v1/promotion_codes', operation: listPromotionCodes },
  {
    method: 'GET',
    path: '/v1/promotion_codes/:code',
    operation: (world, { id }) => getPromotionCode(world, id),
  },
  { method: 'POST', path: '/v1/promotion_codes/:code', operation: updatePromotionCode },
  { method: 'DELETE', path: '/v1/customers/:customer/discount', operation: deleteCustomerDiscount },
  {
    method: 'DELETE',
    path: '/v1/subscriptions/:subscription/discount',
    operation: deleteSubscriptionDiscount,
  },
];
