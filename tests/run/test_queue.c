/*
 * Which target a worker gets next.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "run/queue.h"

static struct skn_target targets[] = {
    {.driver = "a", .server = "s1", .max_per_server = 1},
    {.driver = "a", .server = "s1", .max_per_server = 1},
    {.driver = "a", .server = "s2", .max_per_server = 2},
    {.driver = "b", .server = "s3", .max_per_server = 4},
    {.driver = "a", .server = "s2", .max_per_server = 2},
};

static struct skn_queue *queue_make(void)
{
    const struct skn_target *items[5];
    for (size_t i = 0; i < 5; i++)
        items[i] = &targets[i];
    return skn_queue_create(items, 5);
}

static void items_come_in_order_below_each_servers_cap(void **state)
{
    (void)state;
    struct skn_queue *queue = queue_make();
    assert_int_equal(skn_queue_take(queue, "a", SKN_NO_ITEM), 0);
    assert_int_equal(skn_queue_take(queue, "a", SKN_NO_ITEM), 2);
    assert_int_equal(skn_queue_take(queue, "a", SKN_NO_ITEM), 4);
    assert_int_equal(skn_queue_take(queue, "a", SKN_NO_ITEM), SKN_NO_ITEM);
    skn_queue_end(queue, 0);
    assert_int_equal(skn_queue_take(queue, "a", SKN_NO_ITEM), 1);
    skn_queue_destroy(queue);
}

static void a_worker_gets_its_last_target_before_others(void **state)
{
    (void)state;
    struct skn_queue *queue = queue_make();
    assert_int_equal(skn_queue_take(queue, "a", 4), 4);
    assert_int_equal(skn_queue_take(queue, "a", 4), 2);
    skn_queue_destroy(queue);
}

static void a_driver_is_named_only_while_something_can_be_taken(void **state)
{
    (void)state;
    struct skn_queue *queue = queue_make();
    assert_string_equal(skn_queue_driver(queue), "a");
    for (int i = 0; i < 3; i++)
        skn_queue_take(queue, "a", SKN_NO_ITEM);
    assert_string_equal(skn_queue_driver(queue), "b");
    assert_int_equal(skn_queue_take(queue, "b", SKN_NO_ITEM), 3);
    assert_null(skn_queue_driver(queue));
    assert_int_equal(skn_queue_waiting(queue), 1);
    skn_queue_destroy(queue);
}

static void an_item_that_comes_back_waits_behind_the_others(void **state)
{
    (void)state;
    struct skn_queue *queue = queue_make();
    assert_int_equal(skn_queue_take(queue, "a", SKN_NO_ITEM), 0);
    skn_queue_return(queue, 0);
    assert_int_equal(skn_queue_take(queue, "a", SKN_NO_ITEM), 1);
    skn_queue_end(queue, 1);
    assert_int_equal(skn_queue_take(queue, "a", SKN_NO_ITEM), 0);
    skn_queue_destroy(queue);
}

static void a_hundred_thousand_servers_are_linear(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    struct skn_target *many = skn_alloc_array(MANY, sizeof *many);
    const struct skn_target **items = skn_alloc_array(MANY, sizeof *items);
    char(*names)[16] = skn_alloc_array(MANY, sizeof *names);
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "s%zu", i);
        many[i] = (struct skn_target){.driver = "a", .server = names[i], .max_per_server = 1};
        items[i] = &many[i];
    }
    struct skn_queue *queue = skn_queue_create(items, MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        assert_int_equal(skn_queue_take(queue, "a", SKN_NO_ITEM), i);
        skn_queue_end(queue, i);
    }
    assert_int_equal(skn_queue_waiting(queue), 0);
    skn_queue_destroy(queue);
    free(names);
    free(items);
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_in_order_below_each_servers_cap),
        cmocka_unit_test(a_worker_gets_its_last_target_before_others),
        cmocka_unit_test(a_driver_is_named_only_while_something_can_be_taken),
        cmocka_unit_test(an_item_that_comes_back_waits_behind_the_others),
        cmocka_unit_test(a_hundred_thousand_servers_are_linear),
    };
    return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
