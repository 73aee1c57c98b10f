//! The rules, one rejected program each: that in `fail` does not compile, its repaired twin in `pass` does, and runs.
//!
//! After a change of a message: `TRYBUILD=overwrite cargo test -p tilesync-ui-tests`, and read the difference as a kernel writer would.

#![allow(clippy::duplicate_mod, reason = "each twin includes `verify.rs`, as it would on its own")]

use std::collections::BTreeSet;
use std::fs;

/// Twins in one binary, a module each: to build a binary for each would take minutes.
macro_rules! twins {
    ($($name:ident)*) => {
        const TWINS: &[&str] = &[$(stringify!($name)),*];

        $(mod $name {
            include!(concat!("../pass/", stringify!($name), ".rs"));

            #[test]
            fn repaired() {
                main();
            }
        })*
    };
}

twins! {
    a_buffer_in_flight_has_one_borrower
    a_buffer_in_flight_is_not_read
    a_buffer_that_was_handed_back_holds_no_data
    a_byte_belongs_to_the_element
    a_cell_is_used_once
    a_chip_has_the_element_types_of_its_tiles
    a_class_stays_on_its_pipe
    a_cluster_has_a_schedule
    a_cluster_has_flags_for_five_fifos
    a_cluster_has_two_sides
    a_cluster_is_marked
    a_column_has_as_many_valid_rows_as_its_tile
    a_consumer_does_not_push
    a_conversion_saturates_as_the_chip_can
    a_cross_core_flag_counts_to_fifteen
    a_field_of_fifos_is_a_fifo
    a_fifo_divides_its_slots_evenly
    a_fifo_is_of_the_schedule_of_its_cluster
    a_flag_carries_a_tile
    a_free_region_is_put_on_a_pipe
    a_freed_slot_is_not_read
    a_greatest_is_not_added_to
    a_hand_written_plan_keeps_its_tiles
    a_joined_token_is_split_before_its_use
    a_kernel_borrows_only_in_a_scope
    a_kernel_has_at_most_sixteen_arguments
    a_kernel_has_each_of_its_phases
    a_kernel_in_phases_has_two
    a_kernel_in_phases_is_launched_in_phases
    a_kernel_is_marked
    a_kernel_owns_its_plan
    a_kernel_retires_every_tile
    a_kernel_retires_its_own_plan
    a_kernel_returns_its_plan
    a_kernel_returns_nothing_or_a_result
    a_kernel_takes_its_arguments_by_value
    a_kernel_takes_its_plan_first
    a_kernel_takes_tensors_and_numbers
    a_launch_owns_its_buffers
    a_load_takes_its_tile_first
    a_loop_hands_its_buffer_back
    a_mask_has_the_words_of_its_chip
    a_merge_takes_two_to_four_lists
    a_message_has_elements
    a_message_has_the_dtype_of_its_tile
    a_message_in_global_memory_is_loaded
    a_message_into_l1_is_in_fractals
    a_message_is_row_major
    a_message_where_it_lies_is_not_loaded
    a_message_where_it_lies_is_read_before_it_is_freed
    a_message_where_it_lies_is_read_by_its_pipe
    a_move_is_the_op_of_its_two_spaces
    a_move_waits_for_its_own_event
    a_number_is_one_number_in_all_phases
    a_padded_tile_has_the_shape_of_its_source
    a_panic_does_not_lose_a_tile
    a_part_comes_back_once
    a_part_is_handed_over_as_any_tile
    a_part_is_no_field_of_a_plan
    a_part_is_not_retired_as_a_tile
    a_part_is_not_used_after_the_whole
    a_pattern_keeps_the_width_of_elements
    a_phase_does_not_load_what_it_stores
    a_phase_does_not_store_to_what_it_loads
    a_phase_runs_on_one_core
    a_place_ends_when_its_region_moves_on
    a_place_is_closed_before_it_is_retired
    a_place_is_handed_over_to_its_other_tile
    a_place_is_used_as_one_tile_at_a_time
    a_plan_fits_the_chip
    a_plan_has_a_brand
    a_plan_has_a_number_for_each_tile
    a_plan_is_derived
    a_plan_is_for_one_chip
    a_plan_is_made_of_tiles
    a_plan_says_how_a_tile_is_taken_apart
    a_plan_says_how_many_tiles_it_has
    a_producer_does_not_pop
    a_push_takes_a_step
    a_pushed_slot_is_not_written
    a_reader_ends_when_the_tile_is_united
    a_region_is_handed_over_with_a_tile
    a_region_is_stored_to_by_one_pipe
    a_region_stays_in_its_kernel_invocation
    a_result_reaches_another_pipe_through_an_event
    a_retired_plan_cannot_be_made_up
    a_retired_tile_is_not_used
    a_ring_has_no_more_slots_than_tiles
    a_ring_is_drained
    a_ring_is_not_indexed
    a_ring_is_primed
    a_ring_with_a_slot_out_is_not_retired
    a_role_returns_its_fifos
    a_role_walks_its_schedule_to_the_end
    a_row_has_one_block
    a_scalar_is_read_after_its_wait
    a_scaled_accumulator_leaves_as_the_chip_can
    a_scope_borrows_only_what_outlives_it
    a_scratch_tile_holds_no_data
    a_shared_tile_is_handed_back_by_both_readers
    a_shared_tile_is_not_written
    a_side_has_its_own_ends
    a_side_takes_its_fifos_behind_its_plan
    a_slot_is_freed
    a_slot_is_pushed
    a_slot_is_put_back
    a_slot_is_put_back_free
    a_slot_is_used_where_it_was_loaded
    a_slot_returns_to_its_ring
    a_slot_that_is_ahead_is_put_back
    a_slot_that_is_read_is_not_written
    a_slot_that_is_written_is_not_read
    a_source_is_not_the_destination
    a_source_that_the_device_overwrites_is_given_away
    a_source_waits_for_its_event
    a_step_is_of_its_own_invocation
    a_step_is_one_push
    a_step_is_popped
    a_step_is_pushed
    a_struct_of_arguments_is_nothing_else
    a_sum_is_added_to_and_not_overwritten
    a_sum_of_floats_says_that_its_order_is_open
    a_tensor_belongs_to_one_side
    a_tensor_has_the_dtype_of_its_tile
    a_tensor_of_a_kernel_has_its_brand
    a_tile_comes_back_from_all_of_its_parts
    a_tile_does_not_leave_its_kernel
    a_tile_has_elements
    a_tile_in_parts_is_not_used_as_a_whole
    a_tile_is_aligned
    a_tile_is_not_overwritten_while_another_pipe_reads_it
    a_tile_is_not_overwritten_while_another_pipe_writes_it
    a_tile_is_not_read_before_it_is_loaded
    a_tile_is_retired_once
    a_tile_is_written_before_it_is_read
    a_tile_stays_in_its_kernel_invocation
    a_token_cannot_be_cloned
    a_token_cannot_be_copied
    a_token_has_no_default
    a_token_is_moved_out_of_a_closure_once
    a_token_is_not_taken_apart
    a_token_stays_on_its_thread
    a_turn_leaves_the_ring_whole
    a_valid_region_lies_in_its_tile
    a_vector_op_works_in_the_vec_space
    a_view_stays_in_its_phase
    a_walk_ends_with_its_end
    a_way_from_core_to_core_is_of_a5
    a_window_fills_whole_blocks
    a_window_keeps_its_layout
    all_blocks_meet_by_themselves
    all_of_a_row_may_be_found
    an_accumulator_leaves_by_the_op_of_its_event
    an_argument_is_one_tensor_in_all_phases
    an_argument_of_a_phase_has_a_name
    an_early_return_leaves_no_flag_raised
    an_element_is_written_on_the_scalar_pipe
    an_end_has_one_owner
    an_end_is_retired
    an_event_cannot_be_made_up
    an_event_is_consumed_by_the_op_that_it_was_recorded_for
    an_event_is_consumed_on_the_pipe_that_it_was_recorded_for
    an_event_is_handed_back_once
    an_event_is_not_dropped
    an_event_is_not_forgotten
    an_event_is_recorded_once
    an_event_names_the_op_that_made_it
    an_event_of_the_host_is_for_streams
    an_image_lies_in_blocks_of_channels
    an_in_place_op_needs_data
    an_index_is_a_32_bit_integer
    an_index_type_suits_the_elements
    an_input_is_not_stored_to
    an_insert_needs_data
    an_offset_is_added_to_bytes
    an_op_runs_in_place_where_the_chip_can
    an_operand_cannot_be_made_up
    an_option_is_not_retired
    an_output_belongs_to_one_pipe
    an_output_is_not_loaded
    an_output_is_not_passed_as_an_input
    an_output_is_passed_once
    blocks_become_channels_only_on_a2a3
    each_column_has_one_scale
    each_group_of_a_factor_has_a_scale
    elements_are_added_at_once_where_the_chip_can
    ends_that_walk_together_have_one_schedule
    every_branch_uses_the_event
    fifos_have_a_role
    high_precision_is_of_ops_that_have_it
    high_precision_is_where_the_chip_has_it
    the_chip_has_the_barrier
    the_chip_has_the_dtype
    the_chip_has_the_path
    the_factors_of_a_product_fit
    the_factors_of_an_mx_product_are_alike
    the_operands_have_one_dtype
    the_operands_have_one_shape
    the_parts_of_a_tile_add_up
    the_tile_of_a_place_comes_back_without_its_data
    tokens_of_different_pipes_are_not_joined
    tokens_of_different_states_are_not_swapped
    what_a_phase_stores_to_is_lent_mutably
    what_is_loaded_is_handed_over_before_it_is_overwritten
    what_is_stored_is_handed_over_before_it_is_loaded
}

#[test]
fn broken_kernels_do_not_compile() {
    trybuild::TestCases::new().compile_fail("fail/*.rs");
}

#[test]
fn each_rule_has_a_broken_kernel_its_message_and_a_repaired_twin() {
    let broken = names("fail", ".rs");
    assert_eq!(broken, names("fail", ".stderr"), "a message without a kernel, or a kernel without");
    assert_eq!(broken, names("pass", ".rs"), "a broken kernel without a twin, or a twin without");
    let run: BTreeSet<String> = TWINS.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(broken, run, "`twins!` leaves one out");
}

/// Words of the library's inside, which a kernel writer does not know.
const INTERNAL: [&str; 22] = [
    "PhantomData",
    "UInt<",
    "'__",
    "__private",
    "INNER",
    "Sealed",
    "Placer",
    "Recorder",
    "unit::",
    "hand_over::",
    "type annotations needed",
    "SamePipe",
    "HasData",
    "Fits",
    "IsField",
    "IsSlot",
    "Admits",
    "OneTile",
    "Holds",
    "TileSet",
    "NotForKernels",
    "tile::space::",
];

/// These call or write what is inner by its name, and the name of what is out of reach is the answer.
const REACHES_IN: [&str; 3] = [
    "a_struct_of_arguments_is_nothing_else",
    "a_token_is_not_taken_apart",
    "an_operand_cannot_be_made_up",
];

#[test]
fn no_message_shows_an_internal_name() {
    for name in names("fail", ".stderr") {
        let message = read(&format!("fail/{name}.stderr"));
        for word in INTERNAL {
            if ["NotForKernels", "Sealed"].contains(&word) && REACHES_IN.contains(&&*name) {
                continue;
            }
            // Why a type is not `Send` the compiler says by all of its fields.
            if word == "unit::" && name == "a_token_stays_on_its_thread" {
                continue;
            }
            assert!(!message.contains(word), "{name}.stderr shows `{word}`:\n{message}");
        }
    }
}

/// As many lines as fit on a screen with the code that they are about.
const LINES: usize = 20;

#[test]
fn most_messages_are_short() {
    let mut lines: Vec<usize> = names("fail", ".stderr")
        .iter()
        .map(|name| read(&format!("fail/{name}.stderr")).lines().count())
        .collect();
    lines.sort_unstable();
    let median = lines[lines.len() / 2];
    assert!(median <= LINES, "half of the messages have more than {median} lines");
}

#[test]
fn each_case_says_first_what_it_is_about() {
    for folder in ["fail", "pass"] {
        for name in names(folder, ".rs") {
            let case = read(&format!("{folder}/{name}.rs"));
            assert!(case.starts_with("// "), "{folder}/{name}.rs starts without a comment");
        }
    }
}

/// The files in `folder` that end in `ending`, without it.
fn names(folder: &str, ending: &str) -> BTreeSet<String> {
    let files = fs::read_dir(path(folder)).expect("the folder is there");
    let files = files.map(|file| file.expect("readable").file_name().into_string().expect("UTF-8"));
    files.filter_map(|file| file.strip_suffix(ending).map(str::to_owned)).collect()
}

fn read(file: &str) -> String {
    fs::read_to_string(path(file)).expect("the file is there")
}

fn path(within: &str) -> String {
    format!("{}/{within}", env!("CARGO_MANIFEST_DIR"))
}
